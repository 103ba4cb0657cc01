import 'berkeley'
