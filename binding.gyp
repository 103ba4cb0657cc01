{
  'targets': [
    {
      'target_name': 'berkeley',
      'sources': [ '<!@(node scripts/native-sources.js)' ],
      'include_dirs': [ '<!(node -p "require(\'node-addon-api\').include_dir")' ],
      'defines': [ '<!@(node scripts/native-flags.js defines)' ],
      'cflags_cc!': [ '-fno-rtti', '-std=gnu++17', '-std=gnu++20' ],
      'cflags_cc': [ '<!@(node scripts/native-flags.js flags)' ],
      'configurations': {
        # The debug build is the one with AddressSanitizer and UndefinedBehaviorSanitizer.
        'Debug': {
          # Its check of virtual tables asks the kernel about memory through a pipe, and calls an object bad where
          # descriptors have run out.
          'cflags_cc': [ '-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer', '-O1' ],
          'ldflags': [ '-fsanitize=address,undefined' ],
        },
        'Release': { 'cflags_cc': [ '-O2' ] },
      },
      'conditions': [
        [ 'OS=="mac"', {
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
            'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'MACOSX_DEPLOYMENT_TARGET': '11.0',
            'WARNING_CFLAGS': [ '-Wall', '-Wextra' ],
          },
        }, {
          # A worker that loaded the addon may end while its code is still on a thread's stack.
          'ldflags': [ '-Wl,-z,nodelete' ],
        } ],
      ],
    },
  ],
}
